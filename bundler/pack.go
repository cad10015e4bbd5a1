package bundler

// SetContents gives the file at a walked path other contents, those of file on
// this machine, which has size bytes. Its metadata stay, and its other names in
// the bundle stay names of the same file.
func (m *Manifest) SetContents(path, file string, size int64) {
	e := m.entries[path]
	id := inode{e.Stat.Dev, e.Stat.Ino}
	for _, other := range m.entries {
		if other == e || other.IsFile() && other.Copy == e.Copy && (inode{other.Stat.Dev, other.Stat.Ino}) == id {
			other.Copy, other.Stat.Size = file, size
		}
	}
}

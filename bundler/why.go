package bundler

import "strings"

// A Reason is one step of the chain that put an entry into the bundle: the
// entry at Path is there because of Origin.
type Reason struct {
	Path string
	Origin
}

// Why returns the shortest chain of reasons from the entry at path, which
// may pass links of the bundle, to one that stands for itself, such as an
// input. It is empty when the bundle has no such entry.
func (m *Manifest) Why(path string) []Reason {
	start := m.find(path)
	if start == "" {
		return nil
	}
	before := map[string]Reason{start: {}}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		for _, o := range m.entries[queue[0]].Origins {
			next := m.find(o.By)
			if next == "" {
				return chain(before, start, Reason{queue[0], o})
			}
			if _, seen := before[next]; !seen {
				before[next] = Reason{queue[0], o}
				queue = append(queue, next)
			}
		}
	}
	return []Reason{{Path: start}}
}

// Because counts the files whose first reason is of that kind and detail, and
// sums their sizes.
func (m *Manifest) Because(k Kind, detail string) (files int, bytes int64) {
	for _, e := range m.entries {
		if len(e.Origins) > 0 && e.Origins[0].Kind == k && e.Origins[0].Detail == detail && e.IsFile() {
			files++
			bytes += e.Stat.Size
		}
	}
	return files, bytes
}

// chain puts the reasons from start to last in order.
func chain(before map[string]Reason, start string, last Reason) []Reason {
	list := []Reason{last}
	for at := last.Path; at != start; at = list[0].Path {
		list = append([]Reason{before[at]}, list...)
	}
	return list
}

// find returns the walked path of the entry that path means, "" for none.
func (m *Manifest) find(path string) string {
	if !strings.HasPrefix(path, "/") {
		return ""
	}
	if m.entries[path] != nil {
		return path
	}
	if place, err := statIn(m, path); err == nil {
		return place
	}
	return ""
}

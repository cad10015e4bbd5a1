package bundler

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A folder that cannot be replaced, such as a mount point, is filled: the
// bundle is built as fillTree in a work folder inside it, and the names in that
// are then moved up one by one. Before the first one moves, fillMoves lists
// them with their inodes, so that the next run can take away what a run that
// was killed in between moved, and nothing else.
const (
	fillTree  = "tree"
	fillMoves = "moves"
	fillInfix = "in-"
)

// isFillName tells whether name is that of a work folder inside an output.
func isFillName(name string) bool {
	return isWorkName(name) && strings.Contains(name, workInfix+fillInfix)
}

// A move is a name that goes up from the work folder into the output.
type move struct {
	inode
	name string
}

// writeMoves writes the list of moves into the work folder and makes it last.
func (k *kernel) writeMoves(w folder, moves []move) error {
	var text bytes.Buffer
	for _, m := range moves {
		fmt.Fprintf(&text, "%d:%d:%s\x00", m.dev, m.ino, m.name)
	}
	path := w.of(fillMoves)
	fd, err := k.open(w.fd, fillMoves, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600, path)
	if err != nil {
		return err
	}
	if err = k.writeAll(fd, text.Bytes(), 0, path); err == nil {
		err = k.syncFolder(fd, path)
	}
	return errors.Join(err, k.closeWritten(fd, path))
}

// writeAll writes data at an offset.
func (k *kernel) writeAll(fd int, data []byte, at int64, path string) error {
	for len(data) > 0 {
		n, err := k.pwrite(fd, data, at, path)
		if err != nil {
			return err
		}
		data, at = data[n:], at+int64(n)
	}
	return nil
}

// maxMoves bounds what is read of a list of moves.
const maxMoves = 1 << 20

// readMoves reads the list that writeMoves wrote. A run that was killed before
// it was whole moved nothing: the list is on the disk before the first move.
func (k *kernel) readMoves(w folder) ([]move, error) {
	path := w.of(fillMoves)
	fd, err := k.open(w.fd, fillMoves, unix.O_RDONLY|unix.O_NONBLOCK, 0, path)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer k.close(fd)
	var text []byte
	buf := make([]byte, 8<<10)
	for len(text) < maxMoves {
		n, err := k.pread(fd, buf, int64(len(text)), path)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		text = append(text, buf[:n]...)
	}
	return parseMoves(string(text)), nil
}

func parseMoves(text string) []move {
	var list []move
	for line := range strings.SplitSeq(text, "\x00") {
		dev, rest, _ := strings.Cut(line, ":")
		ino, name, _ := strings.Cut(rest, ":")
		m := move{name: name}
		var err1, err2 error
		m.dev, err1 = strconv.ParseUint(dev, 10, 64)
		m.ino, err2 = strconv.ParseUint(ino, 10, 64)
		if err1 == nil && err2 == nil && name != "" && name != "." && name != ".." && !strings.Contains(name, "/") {
			list = append(list, m)
		}
	}
	return list
}

// moved returns those of the moves that were made: whose file is in out now.
func (k *kernel) moved(out folder, moves []move) ([]string, error) {
	var names []string
	for _, m := range moves {
		var st unix.Stat_t
		err := k.lstat(out.fd, m.name, &st, out.of(m.name))
		switch {
		case err == nil && (inode{st.Dev, st.Ino}) == m.inode:
			names = append(names, m.name)
		case err != nil && !errors.Is(err, unix.ENOENT):
			return nil, err
		}
	}
	return names, nil
}

// removeMoved removes from out what was moved there.
func (k *kernel) removeMoved(out folder, moves []move) error {
	names, err := k.moved(out, moves)
	if err != nil || len(names) == 0 {
		return err
	}
	r := &remover{kernel: k}
	if r.mount, err = k.mountOf(out); err != nil {
		return err
	}
	for _, name := range names {
		err = errors.Join(err, r.remove(out, name))
	}
	return err
}

// undoMoves removes from out what a killed run with the work folder w moved there.
func (k *kernel) undoMoves(out folder, w *work) error {
	if !isFillName(w.name) {
		return nil
	}
	moves, err := k.readMoves(w.folder)
	if err != nil {
		return err
	}
	return k.removeMoved(out, moves)
}

// leftInside returns the names that killed runs left in the output out: their
// work folders and what they had moved. It changes nothing.
func (k *kernel) leftInside(out folder) (map[string]bool, error) {
	left := map[string]bool{}
	err := k.names(out.fd, out.path, func(name string) error {
		if !isFillName(name) {
			return nil
		}
		left[name] = true
		w := folder{path: out.of(name)}
		var err error
		if w.fd, err = k.open(out.fd, name, readFolder, 0, w.path); err != nil {
			return err
		}
		defer k.close(w.fd)
		moves, err := k.readMoves(w)
		if err != nil {
			return err
		}
		names, err := k.moved(out, moves)
		for _, n := range names {
			left[n] = true
		}
		return err
	})
	return left, err
}

// moveUp moves what tree holds into out, the folder that it was built in. It
// returns what it moved, or began to.
func (k *kernel) moveUp(tree, w, out folder) ([]move, error) {
	var moves []move
	err := k.names(tree.fd, tree.path, func(name string) error {
		var st unix.Stat_t
		err := k.lstat(tree.fd, name, &st, out.of(name))
		moves = append(moves, move{inode{st.Dev, st.Ino}, name})
		return err
	})
	if err == nil {
		err = k.writeMoves(w, moves)
	}
	for i := 0; err == nil && i < len(moves); i++ {
		err = k.moveOne(tree, out, moves[i].name)
	}
	return moves, err
}

// moveOne moves a name from one folder to another, in which it must be new. A
// folder that moves must be writable, since its ".." changes.
func (k *kernel) moveOne(from, to folder, name string) error {
	path := to.of(name)
	err := k.renameNew(from, to, name)
	if !errors.Is(err, unix.EACCES) {
		return err
	}
	fd, err := k.open(from.fd, name, unix.O_PATH|unix.O_DIRECTORY, 0, path)
	if err != nil {
		return err
	}
	defer k.close(fd)
	var st unix.Stat_t
	if err := k.stat(fd, &st, path); err != nil {
		return err
	}
	if err := k.chmodPath(fd, st.Mode|0o200, path); err != nil {
		return err
	}
	return errors.Join(k.renameNew(from, to, name), k.chmodPath(fd, st.Mode, path))
}

// renameNew renames without replacing anything. Where the file system cannot
// promise that (EINVAL), it looks before.
func (k *kernel) renameNew(from, to folder, name string) error {
	path := to.of(name)
	err := k.rename(from.fd, name, to.fd, name, unix.RENAME_NOREPLACE, path)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	var st unix.Stat_t
	if err := k.lstat(to.fd, name, &st, path); !errors.Is(err, unix.ENOENT) {
		return errors.Join(err, &ReplacedError{path})
	}
	return k.rename(from.fd, name, to.fd, name, 0, path)
}

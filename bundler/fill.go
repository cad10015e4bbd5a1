package bundler

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A folder that cannot be replaced, such as a mount point, is filled: the
// bundle is built as fillTree in a work folder inside it, and the names in that
// are then moved up one by one. Before the first one moves, a file beside the
// work folder lists them with their inodes. When all is done that is removed, in
// one step. While it is there the bundle is not, and the next run takes away
// what a run that was killed in between had moved, and nothing else. Who writes
// to such an output holds a lock on it.
const (
	fillTree  = "tree"
	fillInfix = "in-"
	fillMoves = "-moves" // after the name of the work folder
)

var movesName = regexp.MustCompile(`(?s)^\..+\.magicpak-in-[0-9a-f]+-moves$`)

// isFillName tells whether name is that of a work folder inside an output.
func isFillName(name string) bool {
	return isWorkName(name) && strings.Contains(name, workInfix+fillInfix)
}

// A move is a name that goes up from the work folder into the output.
type move struct {
	inode
	name string
}

// writeMoves writes the list of moves into the output and makes it last.
func (k *kernel) writeMoves(out folder, name string, moves []move) error {
	var text bytes.Buffer
	for _, m := range moves {
		fmt.Fprintf(&text, "%d:%d:%s\x00", m.dev, m.ino, m.name)
	}
	path := out.of(name)
	fd, err := k.open(out.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600, path)
	if err != nil {
		return err
	}
	if err = k.writeAll(fd, text.Bytes(), 0, path); err == nil {
		err = k.fsync(fd, path)
	}
	if err = errors.Join(err, k.closeWritten(fd, path)); err == nil {
		err = k.fsync(out.fd, out.path)
	}
	return err
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

// readMoves reads a list that writeMoves wrote. A run that was killed before it
// was whole moved nothing.
func (k *kernel) readMoves(out folder, name string) ([]move, error) {
	path := out.of(name)
	fd, err := k.open(out.fd, name, unix.O_RDONLY|unix.O_NONBLOCK, 0, path)
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

// undoMoves removes from out what killed runs moved there. The caller holds the
// lock on out.
func (k *kernel) undoMoves(out folder) error {
	var lists []string
	err := k.names(out.fd, out.path, func(name string) error {
		if movesName.MatchString(name) {
			lists = append(lists, name)
		}
		return nil
	})
	for _, name := range lists {
		var moves []move
		if err == nil {
			moves, err = k.readMoves(out, name)
		}
		if err == nil {
			err = k.removeMoved(out, moves)
		}
		if err == nil {
			err = k.unlink(out.fd, name, 0, out.of(name))
		}
	}
	if err != nil {
		return fmt.Errorf("remove what a killed run left in %s: %w", out.path, err)
	}
	return nil
}

// leftInside returns the names that killed runs left in the output out: their
// work folders, their lists, and what they had moved. It changes nothing.
func (k *kernel) leftInside(out folder) (map[string]bool, error) {
	left := map[string]bool{}
	err := k.names(out.fd, out.path, func(name string) error {
		switch {
		case isFillName(name):
			left[name] = true
			return nil
		case !movesName.MatchString(name):
			return nil
		}
		moves, err := k.readMoves(out, name)
		if err != nil {
			return err
		}
		names, err := k.moved(out, moves)
		for _, n := range append(names, name) {
			left[n] = true
		}
		return err
	})
	return left, err
}

// moveUp moves what tree holds into out, the folder that it was built in, after
// writing the list called name. It returns what it moved, or began to.
func (k *kernel) moveUp(tree, out folder, name string) ([]move, error) {
	var moves []move
	err := k.names(tree.fd, tree.path, func(name string) error {
		var st unix.Stat_t
		err := k.lstat(tree.fd, name, &st, out.of(name))
		moves = append(moves, move{inode{st.Dev, st.Ino}, name})
		return err
	})
	if err == nil {
		err = k.writeMoves(out, name, moves)
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

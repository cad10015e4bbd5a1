package rootfs

import "golang.org/x/sys/unix"

// Cached returns t with a memory: what Lstat and Readlink answered once they
// answer again, failures included. It is for a tree that stays as it is
// meanwhile, and for one goroutine.
func Cached(t Tree) Tree {
	return &cached{Tree: t, stats: map[string]statResult{}, links: map[string]string{}}
}

type cached struct {
	Tree
	stats map[string]statResult
	links map[string]string
}

type statResult struct {
	unix.Stat_t
	err error
}

func (c *cached) Lstat(p string) (unix.Stat_t, error) {
	r, ok := c.stats[p]
	if !ok {
		r.Stat_t, r.err = c.Tree.Lstat(p)
		c.stats[p] = r
	}
	return r.Stat_t, r.err
}

func (c *cached) Readlink(p string) (string, error) {
	target, ok := c.links[p]
	if ok {
		return target, nil
	}
	target, err := c.Tree.Readlink(p)
	if err == nil {
		c.links[p] = target
	}
	return target, err
}

package elfdeps

import (
	"debug/elf"
	"slices"
	"strings"

	"magicpak/elfdeps/ldcache"
	"magicpak/rootfs"
)

// cacheResult is a parsed cache, nil where there is none.
type cacheResult struct {
	*ldcache.Cache
	flags uint32
}

// The HWCap bits of entries that stand for folders of before glibc 2.37 which
// every CPU has: "tls" (_DL_HWCAP_TLS_MASK) and, on x86-64, "x86_64".
const (
	hwcapTLS    = 1 << 63
	hwcapX86_64 = 1 << 1
	hwcapNamed  = 1 << 62 // a folder of glibc-hwcaps that the cache fails to name
)

// cacheLimit bounds the cache that is read; a large system's has 300 KB.
const cacheLimit = 64 << 20

// cacheFile reads the loader's cache, once. One that cannot be read is none,
// as to the loader.
func (g *glibc) cacheFile() *cacheResult {
	if c, ok := g.caches[g.res.Loader]; ok {
		return c
	}
	if g.caches == nil {
		g.caches = map[string]*cacheResult{}
	}
	c := &cacheResult{}
	g.caches[g.res.Loader] = c
	flags, known := ldcache.Flags(g.abi.machine, g.abi.class, g.main.obj.Flags)
	if g.policy.Cache == "" || !known {
		return c
	}
	if b, err := rootfs.ReadFile(g.Root, g.policy.Cache, cacheLimit); err == nil {
		c.Cache, _ = ldcache.Parse(b, g.main.obj.ByteOrder())
		c.flags = flags
	}
	return c
}

// cache asks ld.so.cache. The one path that it gives either opens or the
// search goes on.
func (s *search) cache() error {
	c := s.cacheFile()
	if c.Cache == nil || s.suid {
		return nil
	}
	e, ok := s.pick(c.Lookup(s.Name, c.flags))
	if !ok || s.noDefaultLib() && s.inDefault(e.Path) {
		s.logCache("")
		return nil
	}
	note, err := s.attempt(e.Path, HowCache, s.policy.Cache)
	if err == nil && s.found == nil {
		s.logCache(e.Path + ": " + note.Error())
	}
	return err
}

func (s *search) logCache(note string) {
	if !s.variants {
		s.log = append(s.log, Search{How: HowCache, Dir: s.policy.Cache, Note: note})
	}
}

// pick takes the entry for every CPU, or for variants the last one for others.
func (s *search) pick(entries []ldcache.Entry) (ldcache.Entry, bool) {
	var last ldcache.Entry
	ok := false
	for _, e := range entries {
		variant, known := s.variantEntry(e)
		if known && variant == s.variants {
			if last, ok = e, true; !variant {
				break
			}
		}
	}
	return last, ok
}

// variantEntry tells whether e is for certain CPUs only, and whether this
// loader takes it at all: it knows its own folders of glibc-hwcaps, and since
// 2.37 no others.
func (s *search) variantEntry(e ldcache.Entry) (variant, known bool) {
	switch {
	case !e.Variant():
		return false, true
	case e.Subdir != "":
		return true, slices.Contains(s.policy.HWCaps, e.Subdir)
	}
	baseline := uint64(hwcapTLS)
	if s.abi.machine == elf.EM_X86_64 {
		baseline |= hwcapX86_64
	}
	return e.HWCap&^baseline != 0, s.policy.Version.Before(2, 37) && e.HWCap&hwcapNamed == 0
}

// inDefault tells whether path begins with a default folder.
func (s *search) inDefault(path string) bool {
	return slices.ContainsFunc(s.policy.Dirs, func(d string) bool { return strings.HasPrefix(path, d) })
}

// Package elfdeps finds the shared objects that the loader would map for an
// executable, by doing what the loader does without running anything.
//
// [Read] reads one ELF file through its program headers, as the kernel and the
// loader do; section headers may be missing. [Resolver.Resolve] emulates the
// program interpreter that the file names, glibc's ld.so(8) or musl's, inside a
// root directory ([rootfs.Tree]) which may be a foreign one of any known
// machine.
//
// What a loader has built in differs between distributions: the default
// folders, the value of $LIB, the path of the cache, the subfolders for CPU
// features. All of it stands as strings in the loader's own file, so it is read
// from there ([Policy]).
//
// For each name the emulation keeps the loader's order. First come the objects
// that are mapped already: by path, by any name under which they were asked
// for, by soname, then by device and inode. For glibc follow DT_RPATH of the
// requester and of those who loaded it, LD_LIBRARY_PATH, DT_RUNPATH of the
// requester, the cache and the default folders; for musl LD_LIBRARY_PATH, the
// run paths of the requester and all who loaded it, and its path file. Some
// files in the way are passed over (another class or machine), at others the
// loader gives up ([LoadError]); both are emulated. Paths are walked as the
// kernel walks them and never cleaned as text.
//
// In one thing the result differs from what the loader would do here: a bundle
// must run on every CPU of its architecture, so the build of a library for all
// of them is chosen, where glibc picks the one in glibc-hwcaps (or, before 2.37,
// in the folder of a platform) that suits this machine best. Such a build is
// taken only where there is no other, and named beside it with
// [Resolver.HWCaps].
package elfdeps

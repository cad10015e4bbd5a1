// Package bundler plans what a bundle holds and writes it.
//
// A [Manifest] is the plan: the root directory that the bundle will be, as
// entries taken from a source root ([rootfs.Tree]). What is added is walked as
// the kernel walks it in the source. Every link on the way becomes an entry as
// it is, relative or absolute, and every folder on the way an entry with the
// metadata that it has there, so that /lib -> usr/lib stays a link and no file
// is in the bundle twice. An entry's path is therefore always a walked one:
// none but its last component is a link. Each entry keeps the reasons for which
// it was added ([Origin]).
//
// A manifest is itself a root that can be walked, before anything is written.
package bundler

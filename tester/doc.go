// Package tester runs a command in a directory as a container would, and says
// what a command that failed there had looked for in vain.
//
// The jail is a test bed, not a security boundary: it keeps a test from
// disturbing the machine by accident. The program that uses the package is
// executed again as the jail's supervisor, so it must call [Stub] first of all:
//
//	magicpak ── supervisor ──── init ──── setup, then the command
//	            (limits time,  (1 of its    (mounts, root directory,
//	             ends the tree)  namespace)   credentials, limits)
//
// The supervisor is an ordinary command, so that it can be run by a tracer,
// which then sees everything of the test. What is recorded before [Marker] was
// looked up is the supervisor's own.
//
// How much of a container can be made depends on the machine ([Isolation]). With
// CAP_SYS_ADMIN, or in an unprivileged user namespace, the test has its own
// mount, pid, ipc, uts and network namespaces (namespaces(7)); its root is an
// overlay whose upper layer vanishes with it, so the directory stays as it is.
// Where mounting is refused, as in a RUN step of docker build, there is a bare
// chroot(2): devices are made in the directory and removed after the test with
// all else that it left, and what it changed is reported ([Result.Changed]).
// What could not be provided is in [Result.Limits].
//
// [Explain] is a function of data alone: of what the command looked up, how it
// ended and what it printed, to the files that it lacked in order of likelihood.
package tester

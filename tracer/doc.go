// Package tracer runs a command and records every file that it and all its
// descendants touch.
//
// # How a tracee is stopped
//
// The command is started by this executable itself under another name
// ([Stub]). That process installs a seccomp filter, which stops a task
// (SECCOMP_RET_TRACE) before each system call that names a file and lets all
// others pass, waits until it is seized, and executes the command. One OS thread
// owns all tracees. A stop is before the call, and nearly always the only one:
// what the call will find is predicted by making its walk while the task stands
// still. Where a filter cannot be had, every system call stops.
//
// How a task is stopped (the ptracer) and what a stop means (the recorder) are
// two things.
//
// # What is recorded
//
// The walk of a name is made as the kernel would make it, from the tracee's own
// root, working directory and descriptors, and every symbolic link on the way is
// kept. At the first touch of a path its state is noted, and before a call that
// changes a file for the first time its content is put aside, so that a profile
// tells what was there before the run. Failed look-ups are recorded with the
// error that the walk predicts.
//
// # Limits
//
// A name that another thread changes while the call is under way may be recorded
// as it was before. Results are predictions: a call that fails for a reason
// beyond the walk (no memory, a read-only file system, a security module) is
// recorded as done. Programs that ask for io_uring are told that the kernel has
// none. A program that is traced cannot trace others. Set-user-ID programs may
// gain nothing. All of these are said in the profile where they happen.
package tracer

// Package tracer runs a command and records every file that it and all its
// descendants touch.
//
// # How a tracee is stopped
//
// The command is started by this executable itself under another name
// ([Stub]). That process installs a seccomp filter, which notices the system
// calls that name a file and lets all others pass, and executes the command. One
// OS thread serves all tracees.
//
// Under ptrace (the ptracer) the filter stops a task before such a call
// (SECCOMP_RET_TRACE). The stop is nearly always the only one: what the call will
// find is predicted by making its walk while the task stands still. Where a
// filter cannot be had, every system call stops. A task that alone stops often is
// kept on one CPU with the tracer, which it does not get to see (placement).
//
// A child may stop before its parent tells of it, a thread that executes takes
// the number of its leader, and a task may be killed at any moment: every answer
// of the kernel is taken for what it is, and no task is waited for alone. Signals
// are delivered as they were sent, and a task that job control stops stays stopped
// (PTRACE_LISTEN). Calls that make a child which is not to be traced are changed
// (CLONE_UNTRACED). The tasks die with this process (PTRACE_O_EXITKILL).
//
// With notifications (the notifier, SECCOMP_RET_USER_NOTIF) a task waits in the
// kernel until it is let go on. From Linux 6.6 that costs a fraction of a ptrace
// stop, and the tracees may use ptrace themselves. A keeper stands between this
// process and the tracees, so that none outlives it. It is not taken by itself:
// a signal that comes before the notification is received makes the call fail
// with EINTR where the signal's handler lacks SA_RESTART, also stat(2) and others
// that never do. The kernel waits for the receiver interruptibly, and only then
// so that nothing but a fatal signal ends the wait (seccomp_do_user_notification,
// with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV). Neither a filter nor the receiver
// can know the handlers, or start the call again; that it happened shows (ENOENT
// when the notification is asked for), but only to run the command a second time.
// What notifications cannot show (calls that a tracee's own filter
// decides on, the result of open_by_handle_at) makes the run start again under
// ptrace.
//
// With a BPF probe (the observer, package bpf) nothing stops a task that only
// looks. The filter stops it, under ptrace, before calls that change files, the
// working directory or what is mounted. The results are the kernel's own and not
// predicted; a name is walked shortly after the call, so that one which led
// through /proc/PID of a process that has ended, or through the mount namespace
// of one, is recorded as this process sees it. It is not taken by itself, either:
// a probe holds nobody up, so that many processes which do nothing but look up
// files may outrun its reader. Then the command runs again, with a larger buffer, and
// what is lost after all is counted in the profile.
//
// How a task is stopped and what a stop means (the recorder) are two things.
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
// The walk is made once for each name and place that it starts from. What the
// file system answered is good until a tracee changes that very name, and views
// (root, working directory, mount namespace) until any tracee changes one. What
// the kernel makes up (proc, sysfs, the devices) is told by the type of its file
// system, and /proc/self means the tracee's own.
//
// # Limits
//
// What processes outside of the tree change meanwhile is not noticed. Nor is what
// a program does with descriptors that it was sent, but by the names that it looks
// up from them. The earlier state of a directory that is renamed or removed is
// that of the files in it which were touched. In a mount namespace of its own a
// process may find other files by the same names; those are named.
//
// A name that another thread changes while the call is under way may be recorded
// as it was before. Results are predictions: a call that fails for a reason
// beyond the walk (no memory, a read-only file system, a security module) is
// recorded as done. That alters no earlier state: what it would have changed is
// kept, and nothing else is taken for the run's own. Programs that ask for
// io_uring are told that the kernel has none: a probe sees what they open by it,
// but nothing can stop a request that changes a file. [Watch], which stops
// nobody, records those opens. Without CAP_SYS_PTRACE programs that hide their
// memory (PR_SET_DUMPABLE) stay readable. Under ptrace a program cannot trace
// others. Set-user-ID programs may gain nothing. All of these are said in the
// profile where they happen.
package tracer

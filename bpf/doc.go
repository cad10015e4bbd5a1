// Package bpf observes, inside the kernel, what chosen tasks and all their
// descendants do with files. Nothing is stopped or slowed but by the probe's own
// work, and a program that is running already can be watched.
//
// Five programs (probe.bpf.c) sit at BTF tracepoints: the end of a system call,
// fork, exec, exit, and the submission of an io_uring request. A task is
// followed when it has an entry in a task storage map; fork hands the entry on,
// so pid namespaces play no part. At the end of a system call that [Options]
// ask for, the probe copies the names from the caller's memory, where they are
// resident by then, and climbs from the folder that a relative name starts at
// (the working directory, or a descriptor's) to the root of the task: dentries
// and mounts, as d_path does. What is followed afterwards is the caller's work,
// on file systems that may have changed meanwhile.
//
// Events come in the order in which they were completed on each task. They are
// put together in slots of an array, since a program can be preempted and
// another one run on its CPU, and copied to a ring buffer. Whatever does not
// find room there is counted ([Lost]): no loss is silent.
//
// What the probe cannot see: a path whose folder was unlinked keeps the name that
// it had; the results of opens through io_uring, its other requests, and those
// that a thread of the kernel submits (IORING_SETUP_SQPOLL); the arguments of a
// successful exec, which are gone when it ends, and for which the kernel's own
// record of the exec stands.
//
// It needs Linux 5.17 with BTF, and CAP_BPF with CAP_PERFMON, or CAP_SYS_ADMIN.
package bpf

//go:build ignore

// The probe: see the package comment in doc.go.

#include "kernel.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define PATH_MAX 4096
#define NAME_MAX 256
#define DEPTH_MAX 512       // folders of a path that is walked upwards
#define DATA_MAX (6 * 4096) // bytes of all parts of an event
#define SLOT_TRIES 8
#define AT_FDCWD -100

// What an event is about; type Kind in event.go.
enum kind { CALL, FORK, EXEC, EXIT, URING };

// The parts of an event, in their order behind it; event.go.
enum part { PATH, DIR, PATH2, DIR2, OBJECT, ROOT, STRUCT, PARTS };

// Remarks on an event; type Flags in event.go.
enum flag {
	CUT = 1,        // a part did not fit
	UNREADABLE = 2, // a string or structure could not be read
	OUTSIDE = 16,   // shifted by the part: its path begins above the task's root
};

// Where an argument is, of a call that has none there; Spec in spec.go.
enum place { ABSENT = -2, CWD = -1 };

// How a call's arguments are read; Spec in spec.go.
enum how {
	WANTED = 1,
	RESULT = 2,     // its result is a descriptor: the object
	NEW_CWD = 4,    // it moves to another working directory: the object
	STRUCTURE = 8,  // path is the address of a structure of size bytes
	KEEP_STRUCT = 16, // argument 2 is the address of such a structure
	GIVEN = 32,     // it is of interest only when argument given is not 0
};

struct spec {
	__u8 how;
	__s8 path, dir, path2, dir2;
	__s8 object; // argument that is a descriptor
	__u8 given;
	__u8 size;
};

struct event {
	__u8 kind;
	__u8 abi; // 0 native, 1 compat, 2 x32
	__u16 flags;
	__u32 pid; // of the thread group, in the outermost namespace
	__u32 tid;
	__s32 nr;
	__s64 result;
	__u64 args[6];
	__u32 child; // FORK: the thread group of the new task
	__u32 childTid;
	__u32 mntNS;
	__u32 sizes[PARTS];
};

// A slot is where an event is put together. A task that is preempted keeps its
// slot, so that they belong to no CPU.
struct slot {
	__u32 taken;
	__u32 used; // bytes of data
	struct event event;
	char data[DATA_MAX + PATH_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} events SEC(".maps");

// The tasks that are followed.
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} tasks SEC(".maps");

#define SPECS 1024 // numbers of an ABI

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * SPECS); // native and x32, compat
	__type(key, __u32);
	__type(value, struct spec);
} calls SEC(".maps");

volatile const __u32 slotCount = 64;
volatile const __u64 wakeAt = 1 << 22; // bytes in the ring that wake the reader

// What was lost; Lost in probe.go.
__u64 lostRing, lostSlot, lostTask;

static __always_inline void count(__u64 *n) { __sync_fetch_and_add(n, 1); }

static __always_inline int followed(struct task_struct *task)
{
	return bpf_task_storage_get(&tasks, task, 0, 0) != 0;
}

static struct slot *take(void)
{
	__u32 start = bpf_get_smp_processor_id() * SLOT_TRIES;
	for (int i = 0; i < SLOT_TRIES; i++) {
		__u32 key = (start + i) % slotCount;
		struct slot *s = bpf_map_lookup_elem(&slots, &key);
		if (s && __sync_lock_test_and_set(&s->taken, 1) == 0)
			return s;
	}
	count(&lostSlot);
	return 0;
}

static struct slot *begin(__u8 kind, struct task_struct *task)
{
	struct slot *s = take();
	if (!s)
		return 0;
	s->used = 0;
	__builtin_memset(&s->event, 0, sizeof(s->event));
	s->event.kind = kind;
	s->event.pid = BPF_CORE_READ(task, tgid);
	s->event.tid = BPF_CORE_READ(task, pid);
	s->event.mntNS = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	return s;
}

static void end(struct slot *s)
{
	__u64 wake = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= wakeAt ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	__u32 used = s->used;
	if (used > DATA_MAX)
		used = DATA_MAX;
	// The event and its data lie side by side.
	if (bpf_ringbuf_output(&events, &s->event, sizeof(s->event) + used, wake))
		count(&lostRing);
	__sync_lock_test_and_set(&s->taken, 0);
}

// grow counts n bytes that were put at the end of the data as of a part.
static __always_inline void grow(struct slot *s, __u32 part, long n)
{
	if (n < 0 || part >= PARTS) {
		s->event.flags |= UNREADABLE;
		return;
	}
	s->used += n;
	s->event.sizes[part] += n;
	if (s->used > DATA_MAX) {
		s->used = DATA_MAX;
		s->event.flags |= CUT;
	}
}

static __always_inline int room(struct slot *s, __u32 *at)
{
	*at = s->used;
	if (*at < DATA_MAX)
		return 1;
	s->event.flags |= CUT;
	return 0;
}

static __always_inline void userString(struct slot *s, __u32 part, __u64 address)
{
	__u32 at;
	if (address && room(s, &at))
		grow(s, part, bpf_probe_read_user_str(&s->data[at], PATH_MAX, (void *)address));
}

static __always_inline void kernelString(struct slot *s, __u32 part, const char *address)
{
	__u32 at;
	if (address && room(s, &at))
		grow(s, part, bpf_probe_read_kernel_str(&s->data[at], PATH_MAX, address));
}

static __always_inline void userBytes(struct slot *s, __u32 part, __u64 address, __u8 size)
{
	__u32 at;
	if (address && room(s, &at))
		grow(s, part, bpf_probe_read_user(&s->data[at], size, (void *)address) ? -1 : size);
}

// A climb goes from a folder up to a root.
struct climb {
	struct slot *slot;
	__u32 part;
	struct dentry *dentry, *rootDentry;
	struct vfsmount *mnt, *rootMnt;
	__u32 arrived;
};

static struct mount *mountOf(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

// step puts the name of one folder behind the part, its root end last, or
// crosses to where a file system is mounted.
static long step(__u32 i, struct climb *c)
{
	// BPF_CORE_READ would relocate the members of c, which is no kernel type.
	struct dentry *dentry = c->dentry;
	struct vfsmount *mnt = c->mnt;
	struct slot *s = c->slot;
	if (dentry == c->rootDentry && mnt == c->rootMnt) {
		c->arrived = 1;
		return 1;
	}
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	if (dentry == BPF_CORE_READ(mnt, mnt_root) || dentry == parent) {
		struct mount *m = mountOf(mnt), *above = BPF_CORE_READ(m, mnt_parent);
		if (m == above || !above) {
			c->arrived = 1; // the root of its mount namespace
			if (c->rootDentry)
				s->event.flags |= OUTSIDE << c->part;
			return 1;
		}
		c->dentry = BPF_CORE_READ(m, mnt_mountpoint);
		c->mnt = (void *)above + bpf_core_field_offset(struct mount, mnt);
		return 0;
	}
	__u32 at;
	if (!room(s, &at))
		return 1;
	grow(s, c->part, bpf_probe_read_kernel_str(&s->data[at], NAME_MAX, BPF_CORE_READ(dentry, d_name.name)));
	c->dentry = parent;
	return 0;
}

// Of a global function the kernel verifies the body once, and not each call. It
// must return a number, and take pointers for null until they are compared.
#define GLOBAL __attribute__((noinline)) int

// climbPath puts the names of the folders of a path, the last one first, up to
// root or, where that is null, to the root of the mount namespace.
GLOBAL climbPath(struct slot *s, __u32 part, struct path *from, struct path *root)
{
	if (!s || !from)
		return 0;
	struct climb c = {.slot = s, .part = part, .dentry = from->dentry, .mnt = from->mnt};
	if (root) {
		c.rootDentry = root->dentry;
		c.rootMnt = root->mnt;
	}
	if (!c.dentry || !c.mnt)
		return 0;
	bpf_loop(DEPTH_MAX, step, &c, 0);
	if (!c.arrived) {
		s->event.flags |= CUT;
		return 0;
	}
	// An empty name ends the part: it tells the root from no part at all.
	__u32 at;
	if (room(s, &at)) {
		s->data[at] = 0;
		grow(s, part, 1);
	}
	return 0;
}

static void rootPath(struct task_struct *task, struct path *root)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	BPF_CORE_READ_INTO(root, fs, root);
}

static void cwdPath(struct task_struct *task, struct path *pwd)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	BPF_CORE_READ_INTO(pwd, fs, pwd);
}

// filePath gives the path of the file behind a descriptor.
static int filePath(struct task_struct *task, __u32 fd, struct path *path)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	if (fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	struct file **files = BPF_CORE_READ(table, fd), *file = 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file)
		return 0;
	BPF_CORE_READ_INTO(path, file, f_path);
	return 1;
}

// descriptor puts the path of what a descriptor of the current task leads to.
GLOBAL descriptor(struct slot *s, __u32 part, __s32 fd, struct path *root)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct path p = {};
	if (fd == AT_FDCWD)
		cwdPath(task, &p);
	else if (fd < 0 || !filePath(task, fd, &p))
		return 0;
	return climbPath(s, part, &p, root);
}

// ownRoot puts the path of the task's root, if that is not the root of its mount
// namespace.
static void ownRoot(struct slot *s, struct path *root)
{
	struct mount *m = mountOf(root->mnt);
	if (root->dentry == BPF_CORE_READ(root->mnt, mnt_root) && m == BPF_CORE_READ(m, mnt_parent))
		return;
	climbPath(s, ROOT, root, 0);
}

// relative tells whether the string that begins at data[at] is looked up from a
// folder.
static __always_inline int relative(struct slot *s, __u32 at)
{
	return at >= DATA_MAX || s->data[at] != '/';
}

// name puts a name and, where it is relative, the path of the folder that it
// is looked up from.
GLOBAL name(struct slot *s, __u32 part, const struct spec *sp, struct path *root)
{
	if (!s || !sp)
		return 0;
	__s8 path = part == PATH ? sp->path : sp->path2, dir = part == PATH ? sp->dir : sp->dir2;
	__u32 at = s->used;
	if (path >= 0 && path < 6) {
		if (sp->how & STRUCTURE)
			userBytes(s, part, s->event.args[path], sp->size);
		else
			userString(s, part, s->event.args[path]);
	}
	// Under RESOLVE_IN_ROOT (openat2) an absolute name starts there, too.
	if (dir == ABSENT || (!relative(s, at) && !(sp->how & KEEP_STRUCT)))
		return 0;
	__s32 fd = AT_FDCWD;
	if (dir >= 0 && dir < 6)
		fd = s->event.args[dir];
	return descriptor(s, part + 1, fd, root);
}

static void object(struct slot *s, const struct spec *sp, struct path *root)
{
	__s32 fd = -1;
	if (sp->how & NEW_CWD)
		fd = AT_FDCWD;
	else if (sp->how & RESULT)
		fd = s->event.result;
	else if (sp->object >= 0 && sp->object < 6)
		fd = s->event.args[sp->object];
	if (s->event.result >= 0 && fd != -1)
		descriptor(s, OBJECT, fd, root);
}

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 2
#define X32 0x40000000

static int readCall(struct task_struct *task, struct pt_regs___kernel *r, struct event *e)
{
	long nr = BPF_CORE_READ(r, orig_ax);
	e->abi = BPF_CORE_READ(task, thread_info.status) & TS_COMPAT ? 1 : 0;
	if (!e->abi && nr >= X32) {
		e->abi = 2;
		nr -= X32;
	}
	e->nr = nr;
	if (e->abi == 1) {
		e->args[0] = (__u32)BPF_CORE_READ(r, bx);
		e->args[1] = (__u32)BPF_CORE_READ(r, cx);
		e->args[2] = (__u32)BPF_CORE_READ(r, dx);
		e->args[3] = (__u32)BPF_CORE_READ(r, si);
		e->args[4] = (__u32)BPF_CORE_READ(r, di);
		e->args[5] = (__u32)BPF_CORE_READ(r, bp);
		return 0;
	}
	e->args[0] = BPF_CORE_READ(r, di);
	e->args[1] = BPF_CORE_READ(r, si);
	e->args[2] = BPF_CORE_READ(r, dx);
	e->args[3] = BPF_CORE_READ(r, r10);
	e->args[4] = BPF_CORE_READ(r, r8);
	e->args[5] = BPF_CORE_READ(r, r9);
	return 0;
}

#elif defined(__TARGET_ARCH_arm64)

#define TIF_32BIT (1 << 22)

static int readCall(struct task_struct *task, struct pt_regs___kernel *r, struct event *e)
{
	e->abi = BPF_CORE_READ(task, thread_info.flags) & TIF_32BIT ? 1 : 0;
	e->nr = BPF_CORE_READ(r, syscallno);
	e->args[0] = BPF_CORE_READ(r, orig_x0);
	for (int i = 1; i < 6; i++)
		e->args[i] = BPF_CORE_READ(r, regs[i]);
	return 0;
}

#endif

// The results by which the kernel starts a call again (linux/errno.h): it ends
// a second time.
#define ERESTARTSYS 512
#define ERESTART_RESTARTBLOCK 516

SEC("tp_btf/sys_exit")
int BPF_PROG(sysExit, struct pt_regs___kernel *regs, long result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (!followed(task))
		return 0;
	if (result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK)
		return 0;
	struct event head = {};
	readCall(task, regs, &head);
	__u32 key = (__u32)head.nr;
	if (key >= SPECS)
		return 0;
	if (head.abi == 1)
		key += SPECS;
	struct spec *sp = bpf_map_lookup_elem(&calls, &key);
	if (!sp || !(sp->how & WANTED))
		return 0;
	if (sp->how & GIVEN && sp->given < 6 && !head.args[sp->given])
		return 0;
	struct slot *s = begin(CALL, task);
	if (!s)
		return 0;
	s->event.abi = head.abi;
	s->event.nr = head.nr;
	s->event.result = result;
	__builtin_memcpy(s->event.args, head.args, sizeof(head.args));
	struct path root = {};
	rootPath(task, &root);
	name(s, PATH, sp, &root);
	name(s, PATH2, sp, &root);
	object(s, sp, &root);
	ownRoot(s, &root);
	if (sp->how & KEEP_STRUCT)
		userBytes(s, STRUCT, s->event.args[2], sp->size);
	end(s);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(forked, struct task_struct *parent, struct task_struct *child)
{
	if (!followed(parent))
		return 0;
	if (!bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE)) {
		count(&lostTask);
		return 0;
	}
	struct slot *s = begin(FORK, parent);
	if (!s)
		return 0;
	s->event.child = BPF_CORE_READ(child, tgid);
	s->event.childTid = BPF_CORE_READ(child, pid);
	end(s);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed, struct task_struct *task, int old, struct linux_binprm *bprm)
{
	if (!followed(task))
		return 0;
	struct slot *s = begin(EXEC, task);
	if (!s)
		return 0;
	s->event.childTid = old;
	struct path root = {}, cwd = {}, file = {};
	rootPath(task, &root);
	cwdPath(task, &cwd);
	kernelString(s, PATH, BPF_CORE_READ(bprm, filename));
	climbPath(s, DIR, &cwd, &root);
	kernelString(s, PATH2, BPF_CORE_READ(bprm, interp));
	BPF_CORE_READ_INTO(&file, bprm, file, f_path);
	climbPath(s, OBJECT, &file, &root);
	ownRoot(s, &root);
	end(s);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exited, struct task_struct *task)
{
	if (!followed(task))
		return 0;
	struct slot *s = begin(EXIT, task);
	if (s)
		end(s);
	return 0;
}

#define IORING_OP_OPENAT 18
#define IORING_OP_OPENAT2 28

// uring sees a request to open a file that no system call shows. Its name has
// been copied into the kernel by then.
SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(uring, struct io_kiocb *req)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u8 op = BPF_CORE_READ(req, opcode);
	if (!followed(task) || (op != IORING_OP_OPENAT && op != IORING_OP_OPENAT2))
		return 0;
	struct slot *s = begin(URING, task);
	if (!s)
		return 0;
	struct io_open *open = (void *)req;
	struct path root = {};
	rootPath(task, &root);
	s->event.nr = op;
	kernelString(s, PATH, BPF_CORE_READ(open, filename, name));
	descriptor(s, DIR, BPF_CORE_READ(open, dfd), &root);
	ownRoot(s, &root);
	end(s);
	return 0;
}

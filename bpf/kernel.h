// The kernel's types, as far as the probe reads them. Where each member really
// is, the loader finds in the running kernel's BTF (CO-RE).

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct super_block {
	unsigned long s_magic;
};

struct dentry {
	unsigned int d_flags;
	struct dentry *d_parent;
	struct qstr d_name;
	struct super_block *d_sb;
	void *d_hash_pprev;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct file {
	struct path f_path;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
};

struct task_struct {
	struct thread_info thread_info;
	int pid;
	int tgid;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
};

struct filename {
	const char *name;
};

struct io_kiocb {
	__u8 opcode;
};

struct io_open {
	int dfd;
	struct filename *filename;
};

#if defined(__TARGET_ARCH_x86)

// Named apart from uapi's pt_regs, whose members have other names.
struct pt_regs___kernel {
	unsigned long bp, bx, r9, r8, r10, cx, dx, si, di, orig_ax;
};

#elif defined(__TARGET_ARCH_arm64)

struct pt_regs___kernel {
	unsigned long long regs[31];
	unsigned long long orig_x0;
	int syscallno;
};

#endif

#pragma clang attribute pop

// setup: echo >a; echo >b
// remark: listener
// want: open a
// want: open b
#include "tracee.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
// A program that supervises its child's opens by notifications, which come
// before any other filter's SECCOMP_RET_TRACE.
int main(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {4, code};
	struct seccomp_notif n = {0};
	struct seccomp_notif_resp resp = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
	int status;
	say("open", open("a", O_RDONLY));
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	int fd = CALL(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	if (fork() == 0)
		_exit(open("b", O_RDONLY) < 0);
	say("receive", ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n));
	resp.id = n.id;
	say("send", ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp));
	wait(&status);
	printf("%d\n", status);
	return 0;
}

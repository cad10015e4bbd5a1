// setup: echo >a; echo >b
// want: open a
// want: open b
#include "tracee.h"
#include <linux/sched.h>
// Children that their parent does not want to be traced.
int main(void)
{
	struct clone_args args = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
	if (syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0) == 0) {
		say("open", open("a", O_RDONLY));
		_exit(0);
	}
	wait(NULL);
	if (syscall(SYS_clone3, &args, sizeof args) == 0) {
		say("open", open("b", O_RDONLY));
		_exit(0);
	}
	wait(NULL);
	printf("%lx\n", (long)args.flags | CLONE_UNTRACED);
	return 0;
}

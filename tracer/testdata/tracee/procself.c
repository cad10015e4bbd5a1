// setup: echo 1 >f
// want: open f
// want: open /proc/self/fd/3 -> f
// want: open /dev/fd/3 -> f
// want: open /proc/thread-self/fd/3 -> f
// want: open /proc/self/cwd/f -> f
#include "tracee.h"
int main(void)
{
	char name[64], link[4096];
	int fd = CALL(openat, AT_FDCWD, "f", O_RDONLY), p[2];
	sprintf(name, "/proc/self/fd/%d", fd);
	say("by self", open(name, O_RDONLY));
	sprintf(name, "/dev/fd/%d", fd);
	say("by dev", open(name, O_RDONLY));
	sprintf(name, "/proc/thread-self/fd/%d", fd);
	say("by thread-self", open(name, O_RDONLY));
	say("exe", open("/proc/self/exe", O_RDONLY));
	say("cwd", open("/proc/self/cwd/f", O_RDONLY));
	say("root", open("/proc/self/root/proc", O_RDONLY));
	if (pipe(p) == 0) {
		sprintf(name, "/dev/fd/%d", p[0]);
		say("pipe", open(name, O_RDONLY | O_NONBLOCK));
	}
	say("missing", open("/proc/self/fd/99", O_RDONLY));
	return readlink("/proc/self", link, sizeof link) < 0;
}

// setup: cp /bin/true prog; cp /bin/true other
// only: ptrace notify
// want: exec ./prog -> prog
// want: exec ./other -> other
#include "tracee.h"
// run executes a script that has no name, by its descriptor or by way of proc.
static void run(const char *script, int by_name)
{
	char name[40], *argv[] = {"x", NULL};
	int fd = memfd_create("script", 0);
	write(fd, script, strlen(script));
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (fork() == 0) {
		if (by_name)
			CALL(execve, name, argv, NULL);
		else
			CALL(execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
		_exit(9);
	}
	int status;
	wait(&status);
	say("ran", status ? -1 : 0);
}
int main(void)
{
	run("#!./prog\n", 0);
	run("#!./other\n", 1);
	return 0;
}

// setup: echo 1 >f; echo 2 >g
// want: open f
// want: open g
#include "tracee.h"
// The thread that executes is not the leader.
static void *other(void *self)
{
	char *argv[] = {self, "again", NULL}, *envp[] = {NULL};
	CALL(openat, AT_FDCWD, "f", O_RDONLY | O_CLOEXEC);
	execve(self, argv, envp);
	return NULL;
}
int main(int argc, char **argv)
{
	pthread_t t;
	if (argc == 1) {
		pthread_create(&t, NULL, other, argv[0]);
		pause();
	}
	CALL(openat, AT_FDCWD, "g", O_RDONLY);
	return 7;
}

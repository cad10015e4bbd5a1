// setup: for t in 0 1 2 3 4 5 6 7; do for i in 0 1 2 3; do echo >f$t$i; done; done
// want: open f[0-7][0-3]
// want: open child[0-7] ENOENT
#include "tracee.h"
#include <spawn.h>
// Eight threads open, fork, vfork, spawn and execute at once.
static char *self;
static void *work(void *arg)
{
	char name[32], *argv[] = {self, name, NULL}, *envp[] = {NULL};
	long n = (long)arg;
	pid_t pid;
	for (int i = 0; i < 4; i++) {
		sprintf(name, "f%ld%d", n, i);
		int fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			abort();
		close(fd);
		sprintf(name, "child%ld", n);
		switch (i) {
		case 0:
			if ((pid = fork()) == 0) {
				execve(self, argv, envp);
				_exit(1);
			}
			break;
		case 1:
			if ((pid = vfork()) == 0) {
				execve(self, argv, envp);
				_exit(1);
			}
			break;
		case 2:
			posix_spawn(&pid, self, NULL, NULL, argv, envp);
			break;
		default:
			if ((pid = fork()) == 0)
				_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return NULL;
}
int main(int argc, char **argv)
{
	pthread_t t[8];
	self = argv[0];
	if (argc > 1)
		return open(argv[1], O_RDONLY) >= 0;
	for (long i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	puts("done");
	return 0;
}

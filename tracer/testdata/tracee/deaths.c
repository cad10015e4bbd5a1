// setup: echo >f
// want: open f
#include "tracee.h"
// Children that are killed wherever they are.
int main(void)
{
	int status, killed = 0;
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		if (pid == 0)
			for (;;) {
				close(open("f", O_RDONLY));
				if (fork() == 0)
					_exit(0);
			}
		usleep(i * 50);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	close(open("f", O_RDONLY));
	printf("%d killed\n", killed);
	return 0;
}

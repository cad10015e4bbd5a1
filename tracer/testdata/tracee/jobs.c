// setup: echo >f
// want: open f
#include "tracee.h"
// Job control: a child that stops itself, and is seen to stop and go on.
int main(void)
{
	int status, p[2];
	char c = 0;
	if (pipe(p) < 0)
		return 1;
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		read(p[0], &c, 1); // the parent has seen it go on
		raise(SIGTSTP);
		read(p[0], &c, 1);
		exit(open("f", O_RDONLY) < 0);
	}
	for (int i = 0; i < 2; i++) {
		waitpid(pid, &status, WUNTRACED);
		printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
		kill(pid, SIGCONT);
		waitpid(pid, &status, WCONTINUED);
		printf("continued %d\n", WIFCONTINUED(status));
		write(p[1], &c, 1);
	}
	waitpid(pid, &status, 0);
	printf("exited %d with %d\n", WIFEXITED(status), WEXITSTATUS(status));
	return 0;
}

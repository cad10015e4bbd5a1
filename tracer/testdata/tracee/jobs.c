// setup: echo >f
// want: open f
#include "tracee.h"
// Job control: a child that stops itself, and is seen to stop and go on.
int main(void)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		raise(SIGTSTP);
		exit(open("f", O_RDONLY) < 0);
	}
	for (int i = 0; i < 2; i++) {
		waitpid(pid, &status, WUNTRACED);
		printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
		kill(pid, SIGCONT);
		waitpid(pid, &status, WCONTINUED);
		printf("continued %d\n", WIFCONTINUED(status));
	}
	waitpid(pid, &status, 0);
	printf("exited %d with %d\n", WIFEXITED(status), WEXITSTATUS(status));
	return 0;
}

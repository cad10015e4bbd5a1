// setup: echo >f; cp /bin/true prog
// want: open f
// want: exec prog
#include "tracee.h"
int main(void)
{
	char *argv[] = {"prog", NULL}, *envp[] = {NULL};
	int status;
	for (int i = 0; i < 50; i++) {
		if (vfork() == 0) {
			execve("prog", argv, envp);
			_exit(1);
		}
		wait(&status);
		close(open("f", O_RDONLY));
	}
	printf("%d\n", status);
	return 0;
}

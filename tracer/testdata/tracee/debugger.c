// only: ptrace ptrace-all ebpf
// setup: echo >f
// want: open f
// remark: used ptrace
// differs
#include "tracee.h"
int main(void)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 && errno == EPERM)
			_exit(open("f", O_RDONLY) < 0);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

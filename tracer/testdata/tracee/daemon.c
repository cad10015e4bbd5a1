// setup: echo >late
// want: open late
// want: create out
// before: out absent
// before: . dir
#include "tracee.h"
// A daemon outlives the first process.
int main(void)
{
	if (fork() > 0)
		_exit(5);
	setsid();
	if (fork() > 0)
		_exit(0);
	usleep(100000);
	open("late", O_RDONLY);
	open("out", O_CREAT | O_WRONLY, 0644);
	return 0;
}

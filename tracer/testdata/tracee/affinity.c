#include "tracee.h"
// What a program sees of its processors, parent and limits.
int main(void)
{
	cpu_set_t set;
	sched_getaffinity(0, sizeof set, &set);
	printf("%d processors\n", CPU_COUNT(&set));
	printf("%d open\n", dup(0));
	printf("%d leads\n", getpgrp() == getpid());
	return 0;
}

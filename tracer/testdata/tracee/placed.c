// setup: echo >f
// want: open f
#include "tracee.h"
// A program that stops so often that it is placed on one CPU does not see that,
// neither by itself nor by what its children inherit.
static int processors(void)
{
	cpu_set_t set;
	sched_getaffinity(0, sizeof set, &set);
	return CPU_COUNT(&set);
}

static void work(void)
{
	for (int i = 0; i < 3000; i++)
		close(open("f", O_RDONLY));
}

static void *thread(void *unused)
{
	printf("%d in a thread\n", processors());
	return NULL;
}

int main(void)
{
	char line[4096] = "";
	pthread_t other;
	cpu_set_t one;

	work();
	FILE *status = fopen("/proc/self/status", "r");
	while (fgets(line, sizeof line, status))
		if (strncmp(line, "Cpus_allowed", 12) == 0)
			printf("%s", line);
	fclose(status);
	fflush(stdout);
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			printf("%d in a child\n", processors());
			fflush(stdout);
			work();
			if (fork() == 0) {
				printf("%d in a grandchild\n", processors());
				fflush(stdout);
				_exit(0);
			}
			wait(NULL);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		work();
	}
	pthread_create(&other, NULL, thread, NULL);
	pthread_join(other, NULL);
	printf("%d\n", processors());
	work();
	sched_getaffinity(0, sizeof one, &one);
	for (int cpu = CPU_SETSIZE - 1, left = CPU_COUNT(&one) - 1; left > 0; cpu--)
		if (CPU_ISSET(cpu, &one)) {
			CPU_CLR(cpu, &one);
			left--;
		}
	sched_setaffinity(0, sizeof one, &one);
	work();
	printf("%d\n", processors());
	return 0;
}

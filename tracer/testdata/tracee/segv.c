// setup: echo >f
// want: open f
#include "tracee.h"
// A program that lives on SIGSEGV, as collectors of garbage do.
static char *page;
static volatile int faults;
static void handler(int sig, siginfo_t *i, void *context)
{
	faults++;
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}
int main(void)
{
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	sigaction(SIGSEGV, &sa, NULL);
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 200; i++) {
		page[i] = 1;
		mprotect(page, 4096, PROT_NONE);
	}
	say("open", open("f", O_RDONLY));
	printf("%d faults\n", faults);
	signal(SIGSEGV, SIG_DFL);
	fflush(stdout);
	page[0] = 1;
	return 0;
}

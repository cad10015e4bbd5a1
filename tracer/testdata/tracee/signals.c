// setup: echo >f
// want: open f
#include "tracee.h"
// Timers, signals with data, interrupted calls, masks and dispositions.
static volatile int alarms, value;
static void onalarm(int sig) { alarms++; }
static void onuser(int sig, siginfo_t *i, void *context) { value = i->si_value.sival_int; }
int main(void)
{
	struct sigaction sa = {.sa_handler = onalarm}, old;
	struct itimerval every = {{0, 2000}, {0, 2000}}, none = {{0, 0}, {0, 0}};
	sigset_t mask;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int s = 1; s < 65; s++) {
		if (sigismember(&mask, s) == 1)
			printf("%d is blocked\n", s);
		if (sigaction(s, NULL, &old) == 0 && old.sa_handler != SIG_DFL)
			printf("%d is not default\n", s);
	}
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	while (alarms < 20)
		close(open("f", O_RDONLY));
	setitimer(ITIMER_REAL, &none, NULL);
	sa = (struct sigaction){.sa_sigaction = onuser, .sa_flags = SA_SIGINFO};
	sigaction(SIGUSR1, &sa, NULL);
	sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42});
	printf("value %d\n", value);
	alarm(1);
	errno = 0;
	say("pause", pause());
	raise(SIGTERM);
	return 0;
}

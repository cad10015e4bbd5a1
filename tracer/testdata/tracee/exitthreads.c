// setup: echo >f
// want: open f
#include "tracee.h"
// The leader ends first; a thread ends the process.
static void *other(void *arg)
{
	usleep(20000);
	open("f", O_RDONLY);
	exit(6);
}
int main(void)
{
	pthread_t t;
	pthread_create(&t, NULL, other, NULL);
	pthread_exit(NULL);
}

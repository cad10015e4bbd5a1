// setup: mkdir -p d/e; echo 1 >d/f; echo 2 >d/e/f; echo 0 >f
// want: stat d
// want: open d
// want: open f
// want: open d/f
// want: open d/e
// want: open d/e/f
// want: stat d/.. -> .
// want: stat none ENOENT
#include "tracee.h"
static void *other(void *fd)
{
	CALL(fchdir, *(int *)fd);
	return NULL;
}
int main(void)
{
	pthread_t t;
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	CALL(chdir, "d");
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	CALL(chdir, "..");
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	CALL(chdir, "none");
	int d = CALL(openat, AT_FDCWD, "d", O_RDONLY), e = CALL(openat, d, "e", O_RDONLY);
	CALL(fchdir, d);
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	pthread_create(&t, NULL, other, &e);
	pthread_join(t, NULL);
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	return 0;
}

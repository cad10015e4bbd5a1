// root
// setup: mkdir -p d/e; echo 1 >d/f; echo 2 >d/e/f; echo 3 >d/e/g; echo 4 >f; cp /bin/sh d/e
// want: open d
// want: open f
// want: open d/f
// want: open d/e
// want: open d/e/f
// want: open d/none ENOENT
// want: exec d/e/sh
// want: open d/e/g
// want: open /proc/self/fd/3/e/g -> d/e/g
#include "tracee.h"
// A server that gives up being root. Its tracer may not ask for its descriptors
// and its working directory then, unless it has CAP_SYS_PTRACE.
int main(void)
{
	int d = CALL(openat, AT_FDCWD, "d", O_RDONLY | O_DIRECTORY);
	CALL(setresuid, 65534, 65534, 65534);
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	CALL(openat, d, "f", O_RDONLY);
	CALL(openat, d, "none", O_RDONLY);
	CALL(openat, AT_FDCWD, "/proc/self/fd/3/e/g", O_RDONLY);
	int e = CALL(openat, d, "e", O_RDONLY | O_DIRECTORY);
	CALL(openat, e, "f", O_RDONLY);
	CALL(fchdir, e);
	CALL(openat, AT_FDCWD, "f", O_RDONLY);
	if (vfork() == 0) {
		execl("sh", "sh", "-c", ": <g", NULL);
		_exit(1);
	}
	wait(NULL);
	return 0;
}

// root
// setup: mkdir -p jail/etc jail/sub; echo 1 >jail/etc/f; echo 2 >jail/sub/f; ln -s /etc/f jail/abs; ln -s ../../../etc/f jail/sub/up; mkdir out; echo 3 >out/f; echo 4 >f
// want: stat jail
// want: stat jail/ -> jail
// want: stat jail/sub
// want: open jail/etc/f
// want: open jail/abs -> jail/etc/f
// want: open jail/sub/up -> jail/etc/f
// want: open jail/../../etc/f -> jail/etc/f
// want: open jail/sub/f
// want: open out
// want: open out/f
// want: open out/../f -> f
// want: open jail/nothing ENOENT
#include "tracee.h"
int main(void)
{
	int out = CALL(openat, AT_FDCWD, "out", O_RDONLY);
	if (fork() == 0) {
		CALL(chroot, "jail");
		CALL(chdir, "/");
		CALL(openat, AT_FDCWD, "/etc/f", O_RDONLY);
		CALL(openat, AT_FDCWD, "/abs", O_RDONLY);
		CALL(openat, AT_FDCWD, "/sub/up", O_RDONLY);
		CALL(openat, AT_FDCWD, "/../../etc/f", O_RDONLY);
		CALL(chdir, "/sub");
		CALL(openat, AT_FDCWD, "f", O_RDONLY);
		CALL(openat, AT_FDCWD, "/nothing", O_RDONLY);
		CALL(openat, out, "f", O_RDONLY);
		CALL(openat, out, "../f", O_RDONLY);
		return 0;
	}
	wait(NULL);
	CALL(openat, AT_FDCWD, "out/f", O_RDONLY);
	return 0;
}

// setup: for f in a b c d e f; do echo $f >$f; done; ln -s a la; mkdir dir
// want: change a
// want: change b
// want: change c
// want: change la -> la
// want: change la -> a
// want: change dir
// want: open d
// want: change d
// want: modify e
// want: change missing ENOENT
// before: a kept
// before: b kept
// before: c kept
// before: d kept
// before: e kept
// before: la link
// before: dir dir
#include "tracee.h"
int main(void)
{
	struct timespec now[2] = {{1000000000, 0}, {1000000000, 0}};
	CALL(fchmodat, AT_FDCWD, "a", 0600);
	CALL(fchmodat, AT_FDCWD, "la", 0640);
	CALL(fchmodat, AT_FDCWD, "missing", 0640);
	CALL(fchownat, AT_FDCWD, "b", getuid(), getgid(), 0);
	CALL(fchownat, AT_FDCWD, "la", getuid(), getgid(), AT_SYMLINK_NOFOLLOW);
	CALL(utimensat, AT_FDCWD, "c", now, 0);
#ifdef SYS_chmod
	CALL(chmod, "dir", 0700);
	CALL(chown, "b", getuid(), getgid());
	CALL(lchown, "la", getuid(), getgid());
	CALL(utime, "c", NULL);
	CALL(utimes, "c", NULL);
	CALL(futimesat, AT_FDCWD, "c", NULL);
#endif
	int d = CALL(openat, AT_FDCWD, "d", O_RDONLY);
	CALL(fchmod, d, 0600);
	CALL(fchown, d, getuid(), getgid());
	CALL(utimensat, d, NULL, now, 0);
	CALL(truncate, "e", 1);
	return 0;
}

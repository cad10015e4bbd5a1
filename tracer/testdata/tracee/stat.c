// setup: echo 1 >f; ln -s f l; ln -s nowhere dead; mkdir d; echo >d/x
// want: stat f
// want: stat l -> f
// want: stat l -> l
// want: stat dead ENOENT -> nowhere
// want: stat dead -> dead
// want: stat gone ENOENT
// want: stat d/x
// want: stat d/
// want: open d
// want: readlink l -> l
// want: readlink dead -> dead
#include "tracee.h"
int main(void)
{
	char buf[4096];
	int d = CALL(openat, AT_FDCWD, "d", O_RDONLY | O_DIRECTORY);
#ifdef SYS_stat
	CALL(stat, "f", buf);
	CALL(stat, "l", buf);
	CALL(stat, "dead", buf);
	CALL(lstat, "l", buf);
	CALL(lstat, "dead", buf);
	CALL(readlink, "l", buf, sizeof buf);
	CALL(access, "gone", F_OK);
#endif
#ifdef SYS_stat64
	CALL(stat64, "f", buf);
	CALL(lstat64, "l", buf);
	CALL(fstatat64, d, "x", buf, 0);
	CALL(statfs64, "f", sizeof(struct statfs64), buf);
#endif
#ifdef SYS_newfstatat
	CALL(newfstatat, d, "x", buf, 0);
	CALL(newfstatat, AT_FDCWD, "l", buf, AT_SYMLINK_NOFOLLOW);
	CALL(newfstatat, d, "", buf, AT_EMPTY_PATH);
#endif
	CALL(statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, buf);
	CALL(statx, AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, buf);
	CALL(statx, d, "", AT_EMPTY_PATH, STATX_BASIC_STATS, buf);
	CALL(faccessat, AT_FDCWD, "gone", F_OK);
	CALL(faccessat2, AT_FDCWD, "l", F_OK, AT_SYMLINK_NOFOLLOW);
	CALL(faccessat2, AT_FDCWD, "d/", F_OK, 0);
	CALL(readlinkat, AT_FDCWD, "dead", buf, sizeof buf);
	CALL(statfs, "f", buf);
	return 0;
}

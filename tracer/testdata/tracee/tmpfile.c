// want: open .
// want: create named
// want: open named
// want: create empty
// before: named absent
// before: empty absent
// before: . dir
#include "tracee.h"
int main(void)
{
	char name[64];
	int fd = CALL(openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0644);
	sprintf(name, "/proc/self/fd/%d", fd);
	CALL(linkat, AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW);
	CALL(openat, AT_FDCWD, "named", O_RDONLY);
	fd = CALL(openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0644);
	CALL(linkat, fd, "", AT_FDCWD, "empty", AT_EMPTY_PATH);
	return 0;
}

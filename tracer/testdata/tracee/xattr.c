// setup: echo 1 >f; ln -s f l; echo 2 >g; echo 3 >h
// want: stat f
// want: stat l -> l
// want: change g
// want: change l -> l
// want: open h
// want: change h
// want: stat l -> f
// before: g kept
// before: h kept
// before: l link
#include "tracee.h"
int main(void)
{
	char buf[64];
	CALL(setxattr, "g", "user.a", "1", 1, 0);
	CALL(getxattr, "f", "user.a", buf, sizeof buf);
	CALL(lgetxattr, "l", "user.a", buf, sizeof buf);
	CALL(listxattr, "l", buf, sizeof buf);
	CALL(llistxattr, "l", buf, sizeof buf);
	CALL(lsetxattr, "l", "user.a", "1", 1, 0);
	CALL(removexattr, "g", "user.a");
	CALL(lremovexattr, "l", "user.a");
	int h = CALL(openat, AT_FDCWD, "h", O_RDONLY);
	CALL(fsetxattr, h, "user.a", "1", 1, 0);
	CALL(fremovexattr, h, "user.a");
	return 0;
}

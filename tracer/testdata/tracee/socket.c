// want: create s
// want: connect s
// want: connect none ENOENT
// want: create s EADDRINUSE
// want: create dgram
// want: connect dgram
// before: s absent
// before: dgram absent
// before: . dir
#include "tracee.h"
static int to(int type, const char *name, int (*f)(int, const struct sockaddr *, socklen_t), const char *what)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	strcpy(a.sun_path, name);
	int s = socket(AF_UNIX, type, 0);
	say(what, f(s, (struct sockaddr *)&a, sizeof a));
	return s;
}
int main(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	listen(to(SOCK_STREAM, "s", bind, "bind"), 1);
	to(SOCK_STREAM, "s", connect, "connect");
	to(SOCK_STREAM, "none", connect, "connect");
	to(SOCK_STREAM, "s", bind, "bind");
	to(SOCK_DGRAM, "dgram", bind, "bind");
	strcpy(a.sun_path, "dgram");
	say("sendto", sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, (struct sockaddr *)&a, sizeof a));
	memcpy(a.sun_path, "\0abstract", 10);
	say("abstract", bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, 12));
	return 0;
}

package bpf

//go:generate go tool bpf2go -target amd64,arm64 -cc clang -strip llvm-strip -cflags "-O2 -g -Wall -Werror -mcpu=v3 -idirafter /usr/include/x86_64-linux-gnu" -type event -type spec probe probe.bpf.c

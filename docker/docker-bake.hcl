# The images of magicpak: docker buildx bake -f docker/docker-bake.hcl [IMAGE...]
# "make release" writes the binaries before.

variable "VERSION" {
  default = "0.1.0"
}

variable "PREFIX" {
  default = "magicpak/"
}

group "default" {
  targets = ["magicpak", "debian", "cc", "haskell", "rust"]
}

target "common" {
  context    = "."
  dockerfile = "docker/Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
}

function "tags" {
  params = [name, tag]
  result = ["${PREFIX}${name}:${tag}", "${PREFIX}${name}:${tag}-magicpak${VERSION}"]
}

# FROM scratch, with /magicpak alone.
target "magicpak" {
  inherits = ["common"]
  target   = "magicpak"
  tags     = ["${PREFIX}magicpak:latest", "${PREFIX}magicpak:${VERSION}"]
}

target "debian" {
  name     = "debian-${release}"
  inherits = ["common"]
  target   = "debian"
  matrix   = { release = ["bookworm", "trixie"] }
  args     = { BASE = "debian:${release}" }
  tags     = tags("debian", release)
}

target "cc" {
  inherits = ["common"]
  target   = "debian"
  args     = { BASE = "gcc:14-bookworm", PACKAGES = "build-essential clang" }
  tags     = tags("cc", "14")
}

target "haskell" {
  inherits = ["common"]
  target   = "debian"
  args     = { BASE = "haskell:9-slim-bookworm" }
  tags     = tags("haskell", "9")
}

target "rust" {
  inherits = ["common"]
  target   = "debian"
  args     = { BASE = "rust:1-bookworm" }
  tags     = tags("rust", "1")
}

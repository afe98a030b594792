#!/usr/bin/env bash
# Builds fleet/Dockerfile without a Docker engine and without a registry of images, and loads accounts in a container of it.
#
# What stands in for the base image is the same release of Debian, made with debootstrap. It is kept in .fleet-image, as are
# the layers: a second build takes what has not changed. As root, on Debian.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$PWD/.fleet-image
base=localhost/fleet-base
image=localhost/status-fleet
certificates=/etc/ssl/certs
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
needed_gigabytes=12

release=$(sed -n 's/^ARG BASE_IMAGE=.*debian:\([a-z]*\)-slim$/\1/p' fleet/Dockerfile)
mkdir -p "$folder/storage"

free=$(df --output=avail --block-size=1G "$folder" | tail -n 1)
if [ "$free" -lt "$needed_gigabytes" ]; then
  echo "$folder: $needed_gigabytes GB of disk are needed, and $free are free" >&2
  exit 1
fi

# Layers as overlays where the kernel mounts them, else as whole copies.
driver=vfs
trial=$(mktemp -d -p "$folder")
mkdir "$trial"/{lower,upper,work,merged}
if mount -t overlay overlay -o "lowerdir=$trial/lower,upperdir=$trial/upper,workdir=$trial/work" "$trial/merged" 2>/dev/null; then
  umount "$trial/merged"
  driver=overlay
fi
rm -rf "$trial"
buildah=(buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver "$driver")

if [ ! -f "$folder/$release.tar" ]; then
  echo "Making a base of Debian $release (debootstrap: minutes)"
  rm -rf "$folder/root"
  debootstrap --variant=minbase --include=ca-certificates "$release" "$folder/root" "$mirror" >"$folder/debootstrap.log" 2>&1
  tar -C "$folder/root" --one-file-system -cf "$folder/$release.tar.new" .
  mv "$folder/$release.tar.new" "$folder/$release.tar"
  rm -rf "$folder/root"
fi

if ! "${buildah[@]}" inspect --type image "$base" >/dev/null 2>&1; then
  scratch=$("${buildah[@]}" from scratch)
  "${buildah[@]}" add --quiet "$scratch" "$folder/$release.tar" /
  "${buildah[@]}" commit --quiet --rm "$scratch" "$base" >/dev/null
fi

echo "Building $image (layers: $driver)"
SECONDS=0
"${buildah[@]}" build --isolation chroot --layers --file fleet/Dockerfile --tag "$image" \
  --volume "$certificates:$certificates:ro" \
  --build-arg "BASE_IMAGE=$base" --build-arg BASE_DIGEST= --build-arg "SSL_CERT_FILE=$certificates/ca-certificates.crt" \
  --build-arg "REVISION=$(git rev-parse HEAD)" . >"$folder/build.log" 2>&1 \
  || { tail -n 20 "$folder/build.log"; exit 1; }
echo "Built in $SECONDS s"
"${buildah[@]}" images --noheading "$image"

container=$("${buildah[@]}" from "$image")
trap '"${buildah[@]}" rm "$container" >/dev/null' EXIT
unshare --net bash -c 'ip link set lo up && exec "$@"' - .venv/bin/python -m fleet.check.image "$container" -- "${buildah[@]}"

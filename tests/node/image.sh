#!/bin/sh
# Makes an image without a registry: an OCI layout tar that `ctr images import` takes.
#
#   image.sh NAME OUT ENTRYPOINT-JSON FILE...      each FILE lies in the image's root under its own base name
set -eu

name=$1 out=$2 entrypoint=$3
shift 3
case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) arch=$(uname -m) ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root" "$work/layout/blobs/sha256"
for file; do cp -L "$file" "$work/root/"; done
chmod 0755 "$work"/root/*

digest() { sha256sum "$1" | cut -d' ' -f1; }
size() { stat -c %s "$1"; }
keep() { # FILE: into the layout under its digest
    sum=$(digest "$1")
    mv "$1" "$work/layout/blobs/sha256/$sum"
    echo "$sum"
}

tar -C "$work/root" --owner=0 --group=0 --numeric-owner --sort=name --mtime=@0 -cf "$work/layer" .
layer_size=$(size "$work/layer")
layer=$(keep "$work/layer")

printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":%s,"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$arch" "$entrypoint" "$layer" >"$work/config"
config_size=$(size "$work/config")
config=$(keep "$work/config")

printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' \
    "$config" "$config_size" "$layer" "$layer_size" >"$work/manifest"
manifest_size=$(size "$work/manifest")
manifest=$(keep "$work/manifest")

printf '{"imageLayoutVersion":"1.0.0"}' >"$work/layout/oci-layout"
printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"io.containerd.image.name":"%s"}}]}' \
    "$manifest" "$manifest_size" "$name" >"$work/layout/index.json"

tar -C "$work/layout" -cf "$out.part" .
mv "$out.part" "$out"

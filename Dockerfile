# The image: one static binary, its bill of materials, the licence texts, and nothing else.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg SOURCE_DATE_EPOCH=0 .
#   docker buildx build --target debug .          the same with a busybox shell
#   images/local.sh                               without a registry, by buildah (images/README.md)
#
# BUILDER needs cargo, a rustc not older than Cargo.toml's rust-version, and a linker for its own architecture.
ARG BUILDER=docker.io/library/rust:1.95.0-slim-trixie
ARG BUSYBOX=docker.io/library/busybox:1.37.0-musl

# The build runs on the machine's own architecture whatever the target: Rust crosses without emulation.
FROM --platform=${BUILDPLATFORM:-linux/amd64} ${BUILDER} AS build
ARG TARGETARCH
# musl: no C library's code in the image but musl's (MIT). gnu: where a builder has no musl target.
ARG LIBC=musl
ARG SOURCE_DATE_EPOCH=0
WORKDIR /src
COPY Cargo.toml Cargo.lock LICENSE* ./
COPY src src
COPY images images
RUN images/build.sh "${TARGETARCH}" "${LIBC}" /out

FROM ${BUSYBOX} AS busybox

FROM scratch AS debug
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="cni-bootstrap (debug)" \
      org.opencontainers.image.description="cni-bootstrap with a busybox shell, for looking around on a node" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-2.0-only" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /out/root/ /
COPY --from=build /out/shell/ /
COPY --from=busybox /bin/busybox /bin/busybox
ENV PATH=/bin:/
USER 0:0
WORKDIR /
ENTRYPOINT ["/cni-bootstrap"]
CMD ["install"]

FROM scratch AS plain
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="cni-bootstrap" \
      org.opencontainers.image.description="Brings a Kubernetes node's pod network up, and proves with the runtime that it is up" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /out/root/ /
# systemd takes no request from another user (bus-util.c: SO_PEERCRED), and the files are root's.
USER 0:0
WORKDIR /
ENTRYPOINT ["/cni-bootstrap"]
CMD ["install"]

# A static image from scratch: the binary, certificates, a folder for the store.
#
#   docker build -t tinhub .
#   docker run -p 8080:8080 -v tinhub:/data tinhub
#
# Settings go in as TINHUB_… variables, or as a file: -v ./tinhub.yaml:/etc/tinhub/tinhub.yaml:ro … serve -c /etc/tinhub/tinhub.yaml
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=docker
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/tinhub ./cmd/tinhub \
 && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY --from=build /out/tinhub /tinhub
USER 65532:65532
# Inside a container only the published port is reachable from outside.
ENV TINHUB_HTTP_LISTEN=0.0.0.0:8080 TINHUB_STORE_URL=file:/data
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s CMD ["/tinhub", "healthcheck"]
ENTRYPOINT ["/tinhub"]
CMD ["serve"]

{{- /* Parts of every pod. Nothing in it needs to be root, to write to its disk, or to speak to Kubernetes. */ -}}

{{- /* Arguments: root, role */ -}}
{{- define "homeostat.podCommon" -}}
serviceAccountName: {{ include "homeostat.name" .root }}
automountServiceAccountToken: false
# They would be variables like HOMEOSTAT_PORT=tcp://…, which a node takes for its settings.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "homeostat.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /*
Spread over nodes and zones is preferred, not required: with fewer nodes than instances (a node was lost, the role
scaled out) they double up, and the number of instances is kept. Per revision, so that an update spreads, too.
*/ -}}
{{- define "homeostat.spread" -}}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "homeostat.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- include "homeostat.selector" . | nindent 14 }}
{{- end -}}

{{- define "homeostat.authoritiesEnv" -}}
{{- if .Values.authorities.existingConfigMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/homeostat/authorities/{{ .Values.authorities.key }}
{{- end }}
{{- end -}}

{{- define "homeostat.authoritiesMount" -}}
- { name: authorities, mountPath: /etc/homeostat/authorities, readOnly: true }
{{- end -}}

{{- define "homeostat.authoritiesVolume" -}}
- name: authorities
  configMap: { name: {{ .Values.authorities.existingConfigMap }} }
{{- end -}}

{{- define "homeostat.redisEnv" -}}
- name: HOMEOSTAT_REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "homeostat.redisSecret" . }}
      key: {{ empty .Values.redis.existingSecret.name | ternary "url" .Values.redis.existingSecret.key }}
{{- end -}}

{{- define "homeostat.saslEnv" -}}
{{- with .Values.kafka.sasl }}
{{- if .mechanism }}
- name: HOMEOSTAT_KAFKA_SASL_USER
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret.name }}, key: {{ .existingSecret.usernameKey }} }
- name: HOMEOSTAT_KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret.name }}, key: {{ .existingSecret.passwordKey }} }
{{- end }}
{{- end }}
{{- end -}}

{{- /* The pod of a node. Arguments: root, role (its label), runs (the node's role), resources, and participants, if any */ -}}
{{- define "homeostat.nodePod" -}}
metadata:
  labels:
    {{- include "homeostat.selector" . | nindent 4 }}
    {{- with .root.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Changed settings reach the nodes by replacing them.
    checksum/config: {{ include (print .root.Template.BasePath "/config.yaml") .root | sha256sum }}
    checksum/secret: {{ include (print .root.Template.BasePath "/secret.yaml") .root | sha256sum }}
    {{- with .root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "homeostat.podCommon" . | nindent 2 }}
  {{- include "homeostat.spread" . | nindent 2 }}
  # Delay, requests in flight, hand-over: see `drain` in the values. The node does all of it on SIGTERM.
  terminationGracePeriodSeconds: {{ add (int .root.Values.drain.delaySeconds) (int .root.Values.drain.closeGraceSeconds) (int .root.Values.drain.handOverSeconds) }}
  containers:
    - name: {{ .runs }}
      image: {{ include "homeostat.image" .root | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [node, main.ts]
      envFrom:
        - configMapRef: { name: {{ include "homeostat.name" .root }} }
      env:
        - name: HOMEOSTAT_ROLES
          value: {{ .runs }}
        {{- with .participants }}
        - name: HOMEOSTAT_PARTICIPANTS
          value: {{ . | quote }}
        {{- end }}
        - name: HOMEOSTAT_NODE
          valueFrom:
            fieldRef: { fieldPath: metadata.name }
        {{- include "homeostat.redisEnv" .root | nindent 8 }}
        {{- include "homeostat.saslEnv" .root | nindent 8 }}
        {{- include "homeostat.authoritiesEnv" .root | nindent 8 }}
      ports:
        - { name: http, containerPort: 8080, protocol: TCP }
      # A node listens when it has reached Redis and Kafka; it ends by itself, with a message, if it can't.
      startupProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 60
      # Whether it works at all. A lost store or log is no reason to restart it.
      livenessProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      # Whether it can do its work now.
      readinessProbe:
        httpGet: { path: /health/ready, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext: {{- include "homeostat.containerSecurity" .root | nindent 8 }}
      {{- if .root.Values.authorities.existingConfigMap }}
      volumeMounts: {{- include "homeostat.authoritiesMount" .root | nindent 8 }}
  volumes: {{- include "homeostat.authoritiesVolume" .root | nindent 4 }}
      {{- end }}
{{- end -}}

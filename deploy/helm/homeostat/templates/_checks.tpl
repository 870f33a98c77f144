{{- /* What the schema can't say: values that don't fit together. All of them are named at once. */ -}}
{{- define "homeostat.checks" -}}
{{- $problems := list -}}
{{- range $role, $values := .Values.roles -}}
{{- if $values.enabled -}}
{{- $minimum := include "homeostat.minimum" $values | int -}}
{{- if lt (int $values.max) $minimum -}}
{{- $problems = append $problems (printf "roles.%s.max is %d, but %d for the load and %d redundant make %d instances at the least: set max to %d or more" $role (int $values.max) (int $values.load) (int $values.redundant) $minimum $minimum) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (or .Values.roles.gateway.enabled .Values.roles.worker.enabled .Values.roles.driver.enabled .Values.participants.run) -}}
{{- $problems = append $problems "roles: none is enabled: enable gateway, worker and driver for a whole system" -}}
{{- end -}}
{{- if and .Values.roles.worker.enabled (gt (int .Values.roles.worker.max) (int .Values.shards)) -}}
{{- $problems = append $problems (printf "roles.worker.max is %d, but there are %d shards and a worker without one has no work: set max to %d or less (or, before the system is first set up, shards to more)" (int .Values.roles.worker.max) (int .Values.shards) (int .Values.shards)) -}}
{{- end -}}
{{- if and (not .Values.redis.url) (not .Values.redis.existingSecret.name) -}}
{{- $problems = append $problems "redis: set redis.url (for instance redis://redis:6379) or redis.existingSecret.name" -}}
{{- end -}}
{{- if and .Values.redis.url .Values.redis.existingSecret.name -}}
{{- $problems = append $problems "redis: url and existingSecret.name are both set: remove one of them" -}}
{{- end -}}
{{- if not .Values.kafka.brokers -}}
{{- $problems = append $problems "kafka.brokers: name at least one, for instance [kafka-0.kafka:9092]" -}}
{{- end -}}
{{- if and .Values.kafka.sasl.mechanism (not .Values.kafka.sasl.existingSecret.name) -}}
{{- $problems = append $problems "kafka.sasl: a mechanism needs existingSecret.name, a Secret with the name and the password" -}}
{{- end -}}
{{- if and .Values.kafka.sasl.existingSecret.name (not .Values.kafka.sasl.mechanism) -}}
{{- $problems = append $problems "kafka.sasl: existingSecret is set, but no mechanism: use plain, scram-sha-256 or scram-sha-512" -}}
{{- end -}}
{{- if and .Values.simulator.enabled (hasKey .Values.drivers "simulator") -}}
{{- $problems = append $problems "drivers.simulator: the chart sets it when simulator.enabled is true: remove one of the two" -}}
{{- end -}}
{{- $keys := dict -}}
{{- range $key, $participant := .Values.participants.run -}}
{{- $id := regexFind "=[^/]+" $participant | trimPrefix "=" -}}
{{- if hasKey $keys $id -}}
{{- $problems = append $problems (printf "participants.run: %s and %s are both %s, which would carry out its orders twice: give one of them another name" (get $keys $id) $key $id) -}}
{{- end -}}
{{- $_ := set $keys $id $key -}}
{{- end -}}
{{- range $name, $value := .Values.settings -}}
{{- if has $name (include "homeostat.ownSettings" $ | fromYamlArray) -}}
{{- $problems = append $problems (printf "settings.%s: the chart sets it from other values: remove it here (see values.yaml)" $name) -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n  %s" (join "\n  " $problems)) -}}
{{- end -}}
{{- end -}}

{{- define "homeostat.ownSettings" -}}
- HOMEOSTAT_ROLES
- HOMEOSTAT_NODE
- HOMEOSTAT_HOST
- HOMEOSTAT_EXPOSE
- HOMEOSTAT_PORT
- HOMEOSTAT_SYSTEM
- HOMEOSTAT_SHARDS
- HOMEOSTAT_REDIS_URL
- HOMEOSTAT_KAFKA_BROKERS
- HOMEOSTAT_KAFKA_SSL
- HOMEOSTAT_KAFKA_SASL_MECHANISM
- HOMEOSTAT_KAFKA_SASL_USER
- HOMEOSTAT_KAFKA_SASL_PASSWORD
- HOMEOSTAT_DRIVERS
- HOMEOSTAT_PARTICIPANTS
- HOMEOSTAT_PARTICIPANT_TOPIC
- HOMEOSTAT_DRAIN_DELAY_MS
- HOMEOSTAT_CLOSE_GRACE_MS
{{- end -}}

terraform {
  required_version = ">= 1.11"
  required_providers {
    flexkube = { source = "flexkube/flexkube" }
  }
}

variable "format" {
  description = "How a machine's first boot is told: cloud-init, ignition or script."
  type        = string
  default     = "cloud-init"
}

locals {
  config = file("${path.module}/cluster.yaml")
}

resource "flexkube_cluster" "this" {
  config    = local.config
  directory = path.module

  # its keys are in the state: destroyed, the cluster can never be changed again
  lifecycle {
    prevent_destroy = true
  }
}

data "flexkube_user_data" "host" {
  for_each    = toset(provider::flexkube::hosts(local.config))
  host        = each.key
  format      = var.format
  host_config = flexkube_cluster.this.host_configs[each.key]
}

# what a machine's resource takes, such as `user_data_base64` of an AWS instance
output "user_data" {
  value     = { for host, data in data.flexkube_user_data.host : host => data.gzip_base64 }
  sensitive = true
}

output "preview" {
  value = flexkube_cluster.this.preview
}

output "kubeconfig" {
  value     = flexkube_cluster.this.kubeconfig
  sensitive = true
}

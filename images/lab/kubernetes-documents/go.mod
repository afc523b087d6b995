module flexkube.test/kubernetes-documents

go 1.26.0

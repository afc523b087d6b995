module flexkube.test/pause

go 1.26.0

"""Words about clusters, scopes and files in which a person may be named."""

from __future__ import annotations

from cop_site.held import Eraser
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import SchoolImport, Scope
from cop_site.schools.upload_models import RegisterUpload

ERASER = Eraser(
    texts=(
        Cluster.about,
        Scope.name,
        Scope.reason,
        SchoolImport.file_name,
        RegisterUpload.file_name,
    )
)

"""How a role is said."""

from __future__ import annotations

import pytest

from cop_site.accounts.models import SchoolRoleKind, Standing, name_role


class TestNameRole:
    @pytest.mark.parametrize(
        ("role", "standing", "said"),
        [
            (SchoolRoleKind.SENCO, Standing.SUBSTANTIVE, "SENCO"),
            (SchoolRoleKind.SENCO, Standing.ACTING, "Acting SENCO"),
            (SchoolRoleKind.DEPUTY_SENCO, Standing.INTERIM, "Interim deputy SENCO"),
            (SchoolRoleKind.HEADTEACHER, Standing.ACTING, "Acting headteacher"),
            (SchoolRoleKind.TEACHING_ASSISTANT, Standing.SUBSTANTIVE, "Teaching assistant"),
        ],
    )
    def test_like_a_person_would(self, role: SchoolRoleKind, standing: Standing, said: str) -> None:
        assert name_role(role, standing) == said

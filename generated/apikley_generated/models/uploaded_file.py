from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="UploadedFile")


@_attrs_define(kw_only=True)
class UploadedFile:
    file_name: str
    """ The file's name. """
    file_path: str
    """ The file's folder and name on the server. """
    download_url: str
    """ Where the file can be fetched. May hold unescaped spaces. """
    file_size: int
    """ The file's size in bytes. """
    mime_type: str
    """ The file's media type. """
    uploaded_at: str
    """ When it was uploaded, as an ISO 8601 date and time. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        file_name = self.file_name

        file_path = self.file_path

        download_url = self.download_url

        file_size = self.file_size

        mime_type = self.mime_type

        uploaded_at = self.uploaded_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "fileName": file_name,
                "filePath": file_path,
                "downloadUrl": download_url,
                "fileSize": file_size,
                "mimeType": mime_type,
                "uploadedAt": uploaded_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        file_name = d.pop("fileName")

        file_path = d.pop("filePath")

        download_url = d.pop("downloadUrl")

        file_size = d.pop("fileSize")

        mime_type = d.pop("mimeType")

        uploaded_at = d.pop("uploadedAt")

        uploaded_file = cls(
            file_name=file_name,
            file_path=file_path,
            download_url=download_url,
            file_size=file_size,
            mime_type=mime_type,
            uploaded_at=uploaded_at,
        )

        uploaded_file.additional_properties = d
        return uploaded_file

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
